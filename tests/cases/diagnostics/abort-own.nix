abort "unsupported"
