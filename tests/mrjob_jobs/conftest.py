"""The jobs here are read by the test beside them and by others; pytest imports none itself."""

collect_ignore_glob = ["mr_*.py", "reference.py"]
