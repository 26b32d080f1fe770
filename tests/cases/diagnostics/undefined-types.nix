{ lib }: { type = types.str; }
