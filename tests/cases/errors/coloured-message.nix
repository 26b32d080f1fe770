let escape = builtins.fromJSON "\"\\u001b\""; in builtins.trace "${escape}[1;31mred${escape}[0m" (throw "a ${escape}[1mbold${escape}[0m word")
