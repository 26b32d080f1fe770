# The value of a flake: its outputs applied to its inputs.
#
#   lockText   the lock file, as JSON
#   fetched    node -> { sourceInfo, dir }: trees that are there already, among them that of the root
#   fetch      fetches a locked input
lockText: fetched: fetch:
let
  lock = builtins.fromJSON lockText;

  # The node that an input of a node is: named directly, or by a path from the root that it follows.
  nodeOf = input: if builtins.isList input then walk lock.root input else input;
  walk = node: path:
    if path == [ ] then node
    else walk (nodeOf lock.nodes.${node}.inputs.${builtins.head path}) (builtins.tail path);

  join = base: below: if below == "" then base else base + "/" + below;

  makeNode = key: node:
    let
      isFetched = fetched ? ${key};
      isRelative = (node.locked.type or "") == "path" && builtins.substring 0 1 node.locked.path != "/";
      parent = nodes.${walk lock.root node.parent};

      sourceInfo =
        if isFetched then fetched.${key}.sourceInfo
        else if isRelative then parent.sourceInfo
        else fetch ((node.info or { }) // builtins.removeAttrs node.locked [ "dir" ]);
      dir = fetched.${key}.dir or node.locked.dir or "";
      base = if isRelative && !isFetched then join parent.outPath node.locked.path else sourceInfo.outPath;
      outPath = join base dir;

      flake = import (outPath + "/flake.nix");
      inputs = builtins.mapAttrs (_: input: nodes.${nodeOf input}.result) (node.inputs or { });
      outputs = flake.outputs (inputs // { self = result; });
      result = outputs // sourceInfo // {
        inherit outPath inputs outputs sourceInfo;
        _type = "flake";
      };
    in
    {
      inherit outPath sourceInfo;
      result =
        if node.flake or true
        then assert builtins.isFunction flake.outputs; result
        else sourceInfo // { inherit sourceInfo outPath; };
    };

  nodes = builtins.mapAttrs makeNode lock.nodes;
in
nodes.${lock.root}.result
