[./a ../b/c /d ~/e <nixpkgs> <a/b> ./f/${g}/h ./${i}]
