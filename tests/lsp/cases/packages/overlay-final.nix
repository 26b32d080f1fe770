self: super:
  { x = self.cu; }
#           ^^^ complete: curl
