map (item: itm + 1) [ 1 ]
