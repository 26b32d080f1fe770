assert lib.assertMsg (version == "1.2.3" || version == "1.2.4") "this is not a version that is known here"; x
