let
  describe = user: "${user.name} <${user.email}>";
in
describe { name = "a"; mail = "a@b"; }
