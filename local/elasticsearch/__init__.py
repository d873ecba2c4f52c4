"""A real Elasticsearch on this machine: assembled from Maven Central, on the loopback, with security on."""
