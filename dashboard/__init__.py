"""The dashboard: stakeholders move levers and see what may change, why, at what cost, and how sure anyone can be."""
