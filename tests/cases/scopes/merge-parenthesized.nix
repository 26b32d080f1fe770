let k = 1; in { a = (rec { k = 2; }); a.l = k; }
