


# a



x


