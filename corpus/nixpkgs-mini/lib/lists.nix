# Functions on lists.
{ lib }:
rec {
  inherit (builtins) head tail length elem elemAt filter any all map concatMap concatLists sort partition groupBy
    foldl' genList;

  singleton = value: [ value ];
  toList = value: if builtins.isList value then value else [ value ];
  last = list: elemAt list (length list - 1);
  init = list: take (length list - 1) list;

  foldr = f: start: list:
    let
      count = length list;
      from = index: if index == count then start else f (elemAt list index) (from (index + 1));
    in
    from 0;
  fold = foldr;
  foldl = foldl';

  flatten = value: if builtins.isList value then concatMap flatten value else [ value ];
  imap0 = f: list: genList (index: f index (elemAt list index)) (length list);
  imap1 = f: imap0 (index: f (index + 1));
  range = first: last: if first > last then [ ] else genList (index: first + index) (last - first + 1);
  reverseList = list: let count = length list; in genList (index: elemAt list (count - index - 1)) count;

  # Keeps the first of equal elements; quadratic, for short lists.
  unique = foldl' (seen: value: if elem value seen then seen else seen ++ [ value ]) [ ];

  optional = condition: value: if condition then [ value ] else [ ];
  optionals = condition: list: if condition then list else [ ];
  count = predicate: list: length (filter predicate list);
  findFirst = predicate: default: list:
    let
      found = filter predicate list;
    in
    if found == [ ] then default else head found;
  zipListsWith = f: a: b: genList (index: f (elemAt a index) (elemAt b index)) (lib.min (length a) (length b));
  take = count: list: genList (elemAt list) (lib.min count (length list));
  drop = count: list:
    let
      rest = length list - count;
    in
    if rest <= 0 then [ ] else genList (index: elemAt list (index + count)) rest;
  remove = unwanted: filter (value: value != unwanted);
  subtractLists = unwanted: filter (value: !elem value unwanted);
  intersectLists = wanted: filter (value: elem value wanted);
}
