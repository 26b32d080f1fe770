{ lib }: with lib; [ id (map const) ]
#        ^^^^ action: Write without 'with'
