{ a, b }: {
  a = a;
# ^^^^^^ diag: L012
  b.c = b;
}
