demo test lint docs bench:
	python3 dev.py $@
.PHONY: demo test lint docs bench
