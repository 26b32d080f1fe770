let k = 1; in { a = rec { k = 2; ${k} = k; }; a.${k} = k; a.m.${k} = k; }
