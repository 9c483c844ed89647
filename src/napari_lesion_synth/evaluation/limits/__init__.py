"""The detection-limit map: from which size and contrast on lesions are found."""
