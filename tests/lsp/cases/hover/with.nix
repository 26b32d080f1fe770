{ lib }: with lib; optional
#                  ^^^^^^^^ hover: comes from `with lib`
