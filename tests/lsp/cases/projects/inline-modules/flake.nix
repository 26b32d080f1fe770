{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { nixpkgs, ... }: {
    nixosConfigurations.box = nixpkgs.lib.nixosSystem {
#                                         ^^^^^^^^^^^ hover: nixosSystem: 
      modules = [
        {
          networking.hostName = "box";
#                    ^^^^^^^^ hover: networking.hostName
#                    ^^^^ complete: hostName
        }
        ({ pkgs, ... }: {
          services.nginx.enable = "yes";
#                                 ^^^^^ diag M002 is of type boolean
#                        ^^^^^^ hover: *boolean*
          services.nginx.enabel = true;
#                        ^^^^^^ diag M001 enabel
          environment.systemPackages = [ pkgs.hello ];
#                     ^^^^^^^^^^^^^^ hover: list of
        })
      ];
    };
  };
}
