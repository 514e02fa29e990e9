"""The same questions answered on paper: what a page knows, set as a PDF without a browser."""
