map dirOf [ "/a/b" "a" "/a" "a/b/" "/" ]
