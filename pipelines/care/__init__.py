"""Who gets care: who is due, who draws the lots, whose name is shown, what the CRM is handed."""
