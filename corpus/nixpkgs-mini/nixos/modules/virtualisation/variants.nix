# The variants of images that every configuration has, and what each adds to it.
{ lib }:
let
  disk = format: extension: settings: {
    image = { inherit format; extension = lib.mkDefault extension; } // settings;
    boot.growPartition = lib.mkDefault true;
  };
  container = settings: {
    image = { kind = "tarball"; extension = "tar.xz"; compression = "xz"; } // settings;
    boot.isContainer = true;
    networking.firewall.enable = lib.mkDefault false;
  };
  # Cloud machines name themselves, and have a console on a serial line.
  cloud = variant: {
    imports = [ variant ];
    boot.kernelParams = [ "console=ttyS0" ];
    networking.useDHCP = lib.mkDefault true;
  };
  qcow2 = disk "qcow2" "qcow2";
  raw = disk "raw";
  efi = { efiSupport = true; };

  # The description of a machine with one disk, for programs that import appliances.
  ovf = name: disk: ''
    <?xml version="1.0"?>
    <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
      <References><File ovf:id="disk" ovf:href="${disk}"/></References>
      <DiskSection>
        <Info>The disk</Info>
        <Disk ovf:diskId="disk" ovf:fileRef="disk" ovf:capacity="1" ovf:capacityAllocationUnits="byte * 2^30"
          ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
      </DiskSection>
      <VirtualSystem ovf:id="${name}">
        <Info>${name}</Info>
        <Name>${name}</Name>
      </VirtualSystem>
    </Envelope>
  '';
  # streamOptimized disks hold no identifier that changes once they are written.
  appliance = { config, ... }: {
    imports = [ (disk "vmdk" "ova" { formatOptions = [ "subformat=streamOptimized" ]; }) ];
    image.packInto = [
      [ "nixos.ovf" (ovf config.system.name "nixos.vmdk") ]
      [ "nixos.vmdk" null ]
    ];
  };
  installer = { kind = "iso"; extension = "iso"; };
in
{
  ## Virtual machines
  qemu = qcow2 { };
  qemu-efi = qcow2 efi;
  raw = raw "img" { };
  raw-efi = raw "img" efi;
  kubevirt = qcow2 { };
  hyperv = disk "vhdx" "vhdx" efi;
  virtualbox = appliance;
  vmware = disk "vmdk" "vmdk" { };
  vagrant-virtualbox = { config, ... }: {
    imports = [ appliance ];
    image = {
      extension = lib.mkForce "box";
      compression = "gz";
      packInto = lib.mkBefore [ [ "metadata.json" (builtins.toJSON { provider = "virtualbox"; }) ] ];
    };
  };
  proxmox = qcow2 { };

  ## Clouds
  amazon = cloud (disk "vpc" "vhd" { });
  azure = cloud (disk "vpc" "vhd" { formatOptions = [ "subformat=fixed" "force_size=on" ]; });
  cloudstack = cloud (qcow2 { });
  digital-ocean = cloud (qcow2 { extension = "qcow2.gz"; compression = "gz"; });
  google-compute = cloud (raw "raw.tar.gz" { packInto = [ [ "disk.raw" null ] ]; compression = "gz"; });
  linode = cloud (raw "img.gz" { compression = "gz"; });
  oci = cloud (qcow2 efi);
  openstack = cloud (qcow2 { });

  ## Containers
  lxc = container { };
  lxc-metadata = { config, ... }: {
    imports = [ (container { }) ];
    image.packInto = [
      [ "metadata.yaml" (builtins.toJSON {
        architecture = config.nixpkgs.hostPlatform.linuxArch;
        creation_date = 1;
        properties = { os = "nixos"; release = config.system.nixos.release; };
      }) ]
    ];
  };
  proxmox-lxc = container { };

  ## Media
  iso = { image = installer; };
  iso-installer = { image = installer; users.users.root.hashedPassword = lib.mkForce ""; };
  kexec = { image = { kind = "tarball"; extension = "tar.xz"; compression = "xz"; }; };
  sd-card = raw "img" { };
}
