let
  folder = "configs";
  read = name: builtins.readFile "${folder}/${name}.conf";
in
read "web" + ""
