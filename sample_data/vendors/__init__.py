"""The sample company's world in the layouts that each vendor exports."""
