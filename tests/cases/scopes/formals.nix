{ a, b ? a + c, c ? args, ... }@args: [ a b c args d ]
