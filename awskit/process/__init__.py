"""What a process does for itself, whatever it serves: it looks whether it is deaf, gives memory back, keeps its log
short, holds its data folder, and tells what its disk cannot do from bugs. Stands on no other wing.
"""
