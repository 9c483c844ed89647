demo workbench test lint docs bench:
	python3 dev.py $@
.PHONY: demo workbench test lint docs bench
