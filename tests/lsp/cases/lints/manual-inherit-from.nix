{ x }: {
  a = x.a;
# ^^^^^^^^ diag: L013
  b = x.y.b;
# ^^^^^^^^^^ diag: L013
  c = x.d;
  e = x.e or 1;
}
