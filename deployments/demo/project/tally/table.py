'''Rows of text, aligned.'''
from typing import List, Sequence
from tally.units import format_size

def widths(rows: Sequence[Sequence[str]]) -> List[int]:
    '''Give the width of every column.

    >>> widths([['a', 'bbb'], ['cc', 'd']])
    [2, 3]
    '''
    return [max([len(cell) for cell in column]) for column in zip(*rows)]


def align( rows ) :
    '''Give the rows as lines, each column as wide as its widest cell.

    >>> align([['a', 'bbb'], ['cc', 'd']])
    ['a   bbb', 'cc  d']
    '''
    wide = widths(rows)
    lines = []
    for row in rows:
        cells = [cell.ljust(wide[at]) for at,cell in enumerate(row)]
        lines.append('  '.join(cells).rstrip())
    return lines

def size_table(sizes) :
    '''Give names and sizes as lines, the largest first.

    >>> size_table({'a.txt': 10, 'b.bin': 2000})
    ['b.bin  2 kB', 'a.txt  10 B']
    '''
    ordered = sorted(sizes.items(), key = lambda item: item[1], reverse = True)
    if len(ordered) == 0:
        return []
    else:
        return align([[name, format_size(count)] for name, count in ordered])
