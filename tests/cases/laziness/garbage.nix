# Much that is dead at once, beside what is kept and what comes to be kept meanwhile: memory that is filled again.
let
  inherit (builtins) attrValues concatStringsSep elemAt foldl' genList listToAttrs stringLength toString;
  kept = listToAttrs (genList (n: { name = "n${toString n}"; value = { id = n; text = "kept ${toString n}"; }; }) 300);
  round = state: n:
    let
      garbage = genList (k: { inherit k; text = "${toString n}-${toString k}"; }) 20;
      length = foldl' (sum: g: sum + stringLength g.text) 0 garbage;
      last = if n - n / 500 * 500 == 0 then { value = "round ${toString n} ${elemAt state.texts 0}"; } else state.last;
    in
    builtins.seq length (builtins.seq last.value {
      sum = state.sum + length;
      inherit last;
      texts = if n - n / 700 * 700 == 0 then [ "${toString n}" ] ++ state.texts else state.texts;
    });
  end = foldl' round { sum = 0; last.value = ""; texts = [ "first" ]; } (genList (n: n) 3000);
in
[ end.sum end.last.value end.texts (foldl' (sum: v: sum + v.id + stringLength v.text) 0 (attrValues kept)) (concatStringsSep " " (map (v: v.text) (genList (n: kept."n${toString (n * 50)}") 6))) ]
