[ (attrNames { }) ]
#  ^^^^^^^^^ action: Replace with 'builtins.attrNames'
