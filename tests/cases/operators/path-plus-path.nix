toString (/a + /b)
