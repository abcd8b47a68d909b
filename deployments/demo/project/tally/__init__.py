'''Sizes, durations, tables and figures as people read them.'''
