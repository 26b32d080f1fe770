x:


y
