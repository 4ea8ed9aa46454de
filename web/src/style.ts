import './app/tokens.css';
import './app/shell.css';
import './chart/chart.css';
import './now/region.css';
import './overview/overview.css';
