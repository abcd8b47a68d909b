"""What a text refers to: phrases and labels resolved to the jobs, tracks and waves they mean."""
