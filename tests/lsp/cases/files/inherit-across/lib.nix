{
  greet = name: "hello ${name}";
}
# the name is looked for from the other file
# ^^^ no: hover
