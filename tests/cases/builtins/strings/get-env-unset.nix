builtins.getEnv "EVALCTL_SURELY_UNSET"
