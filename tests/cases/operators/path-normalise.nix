toString (/. + "foo/../bar")
