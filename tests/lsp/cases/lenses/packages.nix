let
  pkgs = import <nixpkgs> { };
in
{
# <- the value of the file
  greeting = "hello";
# ^^^^^^^^ lens: evaluate
# ^^^^^^^^ run: evaluate "hello"
  tool = pkgs.hello;
# ^^^^ lens: evaluate drvPath build_graph
# ^^^^ run: drvPath -hello-
# ^^^^ run: build_graph derivations
  nothing = builtins.length [ 1 2 ];
# ^^^^^^^ run: evaluate 2
# ^^^^^^^ run: build_graph error: it is no derivation
}
