let
  name = "x";
in
{
  script = "echo ${name ";
}
