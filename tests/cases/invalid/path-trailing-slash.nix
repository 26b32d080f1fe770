./abc/
