"""Projects of every kind, for properties that hold for all of them."""

from __future__ import annotations

from hypothesis import strategies as st

from napari_lesion_synth.jobs.settings import CaseFiles
from napari_lesion_synth.project.case_specs import PhantomCase, PhantomScan, SampleCase
from napari_lesion_synth.project.model import (
    BatchSpec,
    NextSpec,
    OrganClicks,
    Project,
    SiteSpec,
    ViewSpec,
)

text = st.text(max_size=20)
plain = st.floats(allow_nan=False, allow_infinity=False)
seeds = st.integers(0, 2**63)
voxels = st.tuples(*[st.integers(0, 999)] * 3)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | plain | text,
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
parameters = st.dictionaries(text, st.dictionaries(text, values, max_size=3), max_size=2)
diameters = st.floats(0.1, 200)

# Neither absolute nor strange, so that they mean the same on every system.
names = st.from_regex(r"[A-Za-z0-9_ é-]{1,12}", fullmatch=True).filter(lambda s: s == s.strip())
paths = st.lists(names, min_size=1, max_size=3).map("/".join)

recipes = st.fixed_dictionaries(
    {
        "method": text,
        "params": st.dictionaries(text, values, max_size=3),
        "site": st.fixed_dictionaries(
            {
                "center": st.lists(st.integers(0, 999), min_size=3, max_size=3),
                "zone": st.sampled_from(["rim", "interior"]),
                "depth_mm": plain,
                "diameter_mm": diameters,
            }
        ),
        "donor": st.none() | text,
        "seed": seeds,
        "host": text,
    }
)

sites = st.builds(
    SiteSpec,
    id=st.integers(1, 10**6),
    center=voxels,
    diameter_mm=diameters,
    method=st.text(min_size=1, max_size=9),
    seed=seeds,
    donor=st.none() | st.text(min_size=1, max_size=9),
    fixed=parameters,
    drawn=parameters,
    committed=st.none() | recipes,
    note=text,
)
several_sites = st.lists(sites, max_size=4, unique_by=lambda site: site.id).map(tuple)

masks = {
    "organ": st.none() | paths,
    "organ_label": st.none() | st.integers(0, 255),
    "lesions": st.none() | paths,
    "lesion_label": st.none() | st.integers(0, 255),
}
files = st.builds(
    CaseFiles,
    ct=paths,
    **masks,
    patient=st.none() | names,
    series=st.none() | text,
    units=st.sampled_from(["auto", "hu", "-100:240"]),
    resample=st.booleans(),
)
scans = st.builds(
    PhantomScan,
    seed=seeds,
    lesions=st.integers(0, 9),
    spacing=st.tuples(*[st.floats(0.3, 10)] * 3),
    noise_hu=st.floats(0, 80),
    phase=st.sampled_from(["portal", "arterial"]),
)
cases = st.one_of(
    files,
    st.builds(PhantomCase, phantom=scans, **masks),
    st.builds(SampleCase, sample=st.just("real"), **masks),
)

ranges = st.tuples(diameters, diameters).map(lambda pair: (min(pair), max(pair)))
batches = st.builds(
    BatchSpec,
    methods=st.just({"poisson": 1.0, "sigmoid": 2.5}),
    n=st.integers(1, 10**6),
    rim=st.floats(0, 1),
    diameter_mm=ranges,
    seed=seeds,
    per_scene=st.integers(1, 100),
    context_mm=st.floats(0, 100),
    workers=st.integers(1, 9),
    fixed=st.dictionaries(
        st.sampled_from(["poisson", "sigmoid"]), st.dictionaries(text, values, max_size=2)
    ),
    out=st.none() | paths,
)
views = st.builds(
    ViewSpec,
    window=st.none() | st.tuples(plain, st.floats(0.1, 4000)),
    rim_mm=st.floats(0, 50),
)
clicks = st.lists(voxels, max_size=3).map(tuple)

projects = st.builds(
    Project,
    case=st.none() | cases,
    host_sha256=st.text("0123456789abcdef", max_size=64),
    organ_sha256=st.text("0123456789abcdef", max_size=64),
    donors=st.none() | paths,
    sites=several_sites,
    selected=st.none() | st.integers(1, 20),
    next=st.builds(
        NextSpec,
        method=st.sampled_from(["poisson", "sigmoid"]),
        diameter_mm=diameters,
        own_statistics=st.booleans(),
    ),
    batch=batches,
    view=views,
    organ_clicks=st.builds(OrganClicks, inside=clicks, outside=clicks),
)
"""With relative paths."""
