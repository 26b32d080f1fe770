abort "some words"
