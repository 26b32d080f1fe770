<a /b>
