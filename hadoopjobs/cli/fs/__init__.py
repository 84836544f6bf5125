"""`hadoopjobs fs`: the commands of `hdfs dfs`, on every file system that we know."""
