/* a
   b
     c
*/
x
