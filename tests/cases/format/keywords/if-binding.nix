{x=if a then b else c;y=if a
then b else c;}
