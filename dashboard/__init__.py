"""What people look at: a Streamlit app over the published build."""
