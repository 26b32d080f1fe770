import ./fixtures
