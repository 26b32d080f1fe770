{ }:
lib.mkIf true 1
