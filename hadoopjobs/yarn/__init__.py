"""Hadoop's control plane over REST: applications, MapReduce job files, history, counters, logs."""
