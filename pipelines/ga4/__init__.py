"""Google Analytics: what is asked, how it is asked, and what is kept of every answer."""
