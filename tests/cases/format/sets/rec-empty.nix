{ x = rec { }; y = rec {
}; }
